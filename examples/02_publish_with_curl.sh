#!/bin/sh
# Tell slaclock that an agent answered a ticket, with nothing but curl.
#
#     sh examples/02_publish_with_curl.sh INC-1
#
# A platform must run here (`make up` or `make demo`), or SLACLOCK_URL and SLACLOCK_API_KEY say
# where one runs and who is asking: the key is that of the role `service`.
set -eu
home=${SLACLOCK_HOME:-.slaclock}
: "${SLACLOCK_URL:=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["http"])' \
    "$home/runtime.json")}"
: "${SLACLOCK_API_KEY:=$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["api_keys"]["service"])' "$home/credentials.json")}"
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
