#!/usr/bin/env bash
# The REST API with curl: makes a session, changes it safely, undoes, and reads what happened.
#     ./curl.sh http://localhost:5000
set -euo pipefail
api=${1:-http://localhost:5000}/api/v1

call() { curl --fail-with-body --silent --show-error "$@"; }
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

id=$(call "$api/sessions" -d '{"name": "Shopping"}' | field session_id)
echo "session $id"

# A key makes a retry safe: the second call answers the same and changes nothing.
for _ in 1 2; do
    call "$api/sessions/$id/commands" -H 'Idempotency-Key: milk-1' \
        -d '{"command_type": "CreateNode", "data": {"blueprint_type_id": "item", "name": "Milk"}}'
    echo
done

# Only at the revision that was read: a change by somebody else in between is not overwritten.
revision=$(call --dump-header - --output /dev/null "$api/sessions/$id/graph/tree" | tr -d '\r' |
    sed -n 's/^etag: //Ip')
call "$api/sessions/$id/commands" -H "If-Match: $revision" \
    -d '{"command_type": "CreateNode", "data": {"blueprint_type_id": "item", "name": "Bread"}}'
echo

call -X POST "$api/sessions/$id/undo"
echo
call "$api/sessions/$id/graph/tree"
echo
call "$api/sessions/$id/events?since=0"
echo
