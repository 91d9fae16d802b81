#!/bin/sh
# Tell slaclock that an agent answered a ticket, with nothing but curl.
#
#     SLACLOCK_URL=http://127.0.0.1:8080 SLACLOCK_API_KEY=... sh examples/02_publish_with_curl.sh
#
# The key is that of the role `service`, in .slaclock/credentials.json.
set -eu
ticket=${1:-INC-1}
tenant=${2:-demo}

curl --fail-with-body --silent --show-error \
    --header "Authorization: Bearer $SLACLOCK_API_KEY" \
    --header "Content-Type: application/cloudevents+json" \
    --data @- "$SLACLOCK_URL/ticket-clock/v1/events" <<EVENT
{
  "specversion": "1.0",
  "id": "$ticket/reply-1",
  "source": "/my-helpdesk",
  "type": "sla.ticket.replied",
  "subject": "$ticket",
  "time": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "tenant": "$tenant",
  "data": {"ticket_id": "$ticket", "author": "agent", "person": "u17", "public": true}
}
EVENT
