WITH tables AS (
    SELECT name, sql FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '_dcrf_migrations'
), lines AS (
    SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' '
        || coalesce(c.dflt_value, '-') || ' ' || c.pk AS line
    FROM tables t, pragma_table_xinfo(t.name) c
    UNION ALL
    SELECT t.name || ' ' || (t.sql LIKE '%AUTOINCREMENT%') || (t.sql LIKE '%STRICT') FROM tables t
    UNION ALL
    SELECT t.name || '.' || f."from" || ' -> ' || f."table" || '.' || f."to" || ' ' || f.on_delete
    FROM tables t, pragma_foreign_key_list(t.name) f
    UNION ALL
    SELECT t.name || ' index ' || i.name || ' ' || i."unique" || ' '
        || (SELECT group_concat(p.name || ' ' || p.coll) FROM pragma_index_xinfo(i.name) p WHERE p.key)
    FROM tables t, pragma_index_list(t.name) i
    UNION ALL
    SELECT t.name || ' ' || substr(t.sql, instr(t.sql, 'CONSTRAINT "')) FROM tables t WHERE t.sql LIKE '%CONSTRAINT "%'
    UNION ALL
    SELECT sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'
    UNION ALL
    SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')
)
SELECT group_concat(line, char(10)) FROM (SELECT line FROM lines ORDER BY line)
