#!/bin/sh
# Makes scopes, a group, a key and a consumer. It can be run any number of times: what already exists stays as it is. It
# prints the ids of the key and the consumer. A secret is made on the first run only, and goes into a new file that its
# owner alone can read.
set -eu
umask 077

{
        apiconn -q scope add assets.read "Read the base's assets"
        apiconn -q scope add work_orders.write "Create and change work orders"
        apiconn -q group add integrations --scope assets.read --scope work_orders.write
} >/dev/null

apiconn -q key create erp-sync --group integrations --expires 90d --owner "integrations team" \
        --if-missing --secret-file erp-sync.secret -o id
apiconn -q consumer add inventory-bot --grant client_credentials --scope assets.read \
        --if-missing --secret-file inventory-bot.secret -o id

# Here, hand each *.secret that exists to your secret manager, and remove the file.
