CREATE TABLE thing (n int NOT NULL);
GRANT SELECT, INSERT ON thing TO {service}_app;
