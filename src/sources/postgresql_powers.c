/* Rights of a PostgreSQL account that go further than reading tables. Each question answers in the words of a power: name, what it
 * means, where it comes from. Whoever has the password can take on (SET ROLE) every role the account is a member of, with or
 * without INHERIT, so membership counts, not what is active. */
#include "base/own.h"
#include "base/str.h"
#include "sources/postgresql.h"

#include "base/banned.h"

/* The caller's own name, and whether it is a superuser, for all of them. */
#define ME "WITH me AS (SELECT oid, rolname, rolsuper FROM pg_roles WHERE rolname = session_user) "

static const struct {
    const char *what, *sql;
} questions[] = {
    {"role attributes", ME
     "SELECT v.name, v.means, CASE WHEN r.oid = me.oid THEN 'role attribute' ELSE 'SET ROLE ' || quote_ident(r.rolname) END "
     "FROM me, pg_roles r CROSS JOIN LATERAL (VALUES "
     "('SUPERUSER', r.rolsuper, 'no right is checked: all databases, the server''s files, programs run as the server'), "
     "('CREATEROLE', r.rolcreaterole, 'makes roles; before version 16 it gives itself any role but a superuser''s'), "
     "('CREATEDB', r.rolcreatedb, 'makes databases'), "
     "('REPLICATION', r.rolreplication, 'streams the whole server, every database, as a standby does'), "
     "('BYPASSRLS', r.rolbypassrls, 'row-level security does not hide rows from it')) v(name, has, means) "
     "WHERE v.has AND (r.oid = me.oid OR (NOT me.rolsuper AND pg_has_role(me.oid, r.oid, 'MEMBER'))) ORDER BY r.oid <> me.oid, r.rolname, 1"},
    {"predefined roles", ME
     "SELECT v.name, v.means, CASE WHEN me.rolsuper THEN 'SUPERUSER' ELSE 'member of ' || v.name END "
     "FROM me, pg_roles r JOIN (VALUES "
     "('pg_read_all_data', 'reads every table, view and sequence of every database it can connect to'), "
     "('pg_write_all_data', 'changes every table: what is there now need not be what was there'), "
     "('pg_read_server_files', 'reads any file that the server''s system account can read (COPY FROM, pg_read_file)'), "
     "('pg_write_server_files', 'writes files as the server''s system account (COPY TO)'), "
     "('pg_execute_server_program', 'runs programs on the server''s machine (COPY ... PROGRAM)'), "
     "('pg_monitor', 'sees what other accounts are asking, and all settings'), "
     "('pg_read_all_stats', 'sees what other accounts are asking'), "
     "('pg_read_all_settings', 'sees all settings, those that hold paths and connections too'), "
     "('pg_signal_backend', 'ends sessions of other accounts'), "
     "('pg_create_subscription', 'makes the server connect to other hosts and copy from them')) v(name, means) ON r.rolname = v.name "
     "WHERE pg_has_role(me.oid, r.oid, 'MEMBER') ORDER BY 1"},
    {"other roles", ME
     "SELECT 'SET ROLE ' || quote_ident(r.rolname), "
     "CASE WHEN pg_has_role(me.oid, r.oid, 'USAGE') THEN 'has the rights of this role' ELSE 'takes on this role, whose tables are listed as its own' END, "
     "'member of ' || quote_ident(r.rolname) FROM me, pg_roles r WHERE r.oid <> me.oid AND NOT me.rolsuper AND r.rolname NOT LIKE 'pg\\_%' "
     "AND pg_has_role(me.oid, r.oid, 'MEMBER') ORDER BY 1 LIMIT 100"},
    {"functions that read files",
     "SELECT DISTINCT p.proname::text, 'reads or writes files on the server''s machine', 'EXECUTE ON FUNCTION ' || p.proname FROM pg_proc p "
     "WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'lo_import', 'lo_export') "
     "AND has_function_privilege(p.oid, 'EXECUTE') ORDER BY 1"},
    {"dblink",
     "SELECT 'dblink', 'opens connections to other hosts and databases, as the server''s machine', 'EXECUTE ON FUNCTION dblink_connect' FROM pg_extension e "
     "WHERE e.extname = 'dblink' AND EXISTS (SELECT FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid WHERE d.classid = 'pg_proc'::regclass "
     "AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e' AND p.proname = 'dblink_connect' "
     "AND has_function_privilege(p.oid, 'EXECUTE'))"},
    {"foreign servers",
     "SELECT 'foreign server ' || quote_ident(s.srvname), 'reads tables of another host: ' || coalesce((SELECT string_agg(o, ' ') FROM unnest(s.srvoptions) o "
     "WHERE o ~ '^(host|hostaddr|port|dbname|filename)='), w.fdwname), 'GRANT USAGE ON FOREIGN SERVER' FROM pg_foreign_server s "
     "JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE has_server_privilege(s.oid, 'USAGE') ORDER BY 1 LIMIT 100"},
    {"languages",
     "SELECT 'LANGUAGE ' || quote_ident(lanname), 'runs code on the server''s machine as its system account', 'USAGE ON LANGUAGE' FROM pg_language "
     "WHERE NOT lanpltrusted AND lanispl AND has_language_privilege(oid, 'USAGE') ORDER BY 1"},
    {"functions of superusers",
     "SELECT 'SECURITY DEFINER', 'runs ' || count(*) || ' function(s) with the rights of a superuser, such as ' || min(quote_ident(n.nspname) || '.' || quote_ident(p.proname)), "
     "'EXECUTE' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles o ON o.oid = p.proowner "
     "WHERE p.prosecdef AND o.rolsuper AND n.nspname <> 'pg_catalog' AND NOT pg_has_role(o.oid, 'MEMBER') AND has_schema_privilege(n.oid, 'USAGE') "
     "AND has_function_privilege(p.oid, 'EXECUTE') HAVING count(*) > 0"},
    {"large objects",
     "SELECT 'large objects', 'reads ' || count(*) || CASE WHEN count(*) > 10000 THEN ' or more' ELSE '' END || ' file(s) that are kept in no table', "
     "'owner, or GRANT SELECT ON LARGE OBJECT' FROM (SELECT FROM pg_largeobject_metadata m WHERE pg_has_role(m.lomowner, 'MEMBER') OR EXISTS "
     "(SELECT FROM aclexplode(m.lomacl) a WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'MEMBER'))) LIMIT 10001) held HAVING count(*) > 0"},
    {"changing rows",
     "SELECT 'INSERT, UPDATE, DELETE', 'changes or removes rows: what is there now need not be what was there', 'on at least one table' "
     "WHERE EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' "
     "AND n.nspname <> 'information_schema' AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))"},
};

static int tell_all(const struct survey_sink *sink, const PGresult *result, struct err *err)
{
    for (int row = 0; row < PQntuples(result) && PQnfields(result) == 3; row++) {
        const struct survey_power power = {postgresql_field(result, row, 0), PQgetvalue(result, row, 1),
                                           postgresql_field(result, row, 2)};
        TRY(sink->power(sink->self, &power, err));
    }
    return 0;
}

int postgresql_powers(struct postgresql *pg, const struct survey_sink *sink, struct err *err)
{
    if (pg->asked_no_password) {
        const struct survey_power open = {STR("no password asked"),
                                          "the server lets this account in from here without a password",
                                          STR("how the server authenticates (pg_hba.conf)")};
        TRY(sink->power(sink->self, &open, err));
    }
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        OWN(own_result) PGresult *result = NULL;
        if (postgresql_ask(pg, questions[i].sql, NULL, 0, &result, NULL) == 0) {
            TRY(tell_all(sink, result, err));
            continue;
        }
        if (PQstatus(pg->connection) != CONNECTION_OK) {
            return postgresql_fail(pg, NULL, err);
        }
        const struct survey_power unseen = {str_of(questions[i].what), "could not be asked: it may have such rights",
                                            STR("")};
        TRY(sink->power(sink->self, &unseen, err));
    }
    return 0;
}
