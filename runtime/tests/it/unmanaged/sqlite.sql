CREATE TABLE "place" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "mood" varchar(5) NOT NULL, "label" text CHECK ("label" IS NULL OR length("label") > 2), "spot" text, "small" smallint NOT NULL, "at" datetime NOT NULL, "address" char(39) NOT NULL, "parent_id" bigint REFERENCES "place", "loose" text);
INSERT INTO "place" VALUES (1, 'SAD', '"one"', '1.0,2.0', 1, '2024-02-01 12:30:45.500000', '10.0.0.9', NULL, 'x');
INSERT INTO "place" VALUES (2, 'HAPPY', NULL, NULL, 2, '2024-02-02 12:30:45', '10.0.0.10', 1, 'x');
