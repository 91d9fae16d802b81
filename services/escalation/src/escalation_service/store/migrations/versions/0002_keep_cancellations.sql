-- That the clock of an announcement was called off: what is not sent yet is sent no more.
ALTER TABLE announcement ADD COLUMN cancellation jsonb;
GRANT UPDATE (cancellation) ON announcement TO {service}_app;
