. "$(dirname "$0")/lib.sh"
net_pair
protd_start srv "$SERVER_IP" -p 0
timeout 200 "$TCPCRAFT" probe all "$SERVER_IP" "$PROTD_PORT" --timeout 2 2>&1
timeout 100 "$TCPCRAFT" probe path "$SERVER_IP" "$PROTD_PORT" -v 2>&1 | tail -12
timeout 100 "$TCPCRAFT" fuzz "$SERVER_IP" "$PROTD_PORT" --count 200 --prot 2>&1 | tail -12
timeout 100 "$TCPCRAFT" fuzz "$SERVER_IP" "$PROTD_PORT" --help 2>&1 | head -40
