# credential: postgres PGPASSWORD
# file: m.sh
#!/bin/bash
# need: row.destroy
psql -h db.internal -U app shop <<SQL
TRUNCATE sessions;
SQL
