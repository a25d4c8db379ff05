CREATE TABLE articles (name VARCHAR(40) PRIMARY KEY, cents INTEGER NOT NULL);
INSERT INTO articles VALUES ('beans', 1490), ('filter', 390), ('grinder', 8900);
