. "$(dirname "$0")/lib.sh"
cd $WORK
protd_start here 127.0.0.1 -p 0
start fuzz here "$TCPCRAFT" fuzz 127.0.0.1 "$PROTD_PORT" --seed 6 --seconds 60 --journal stopped.jsonl
says stopped.jsonl '"case":100' 10 2>/dev/null
stop "$PID" INT
echo $RC; tail -40 fuzz.err
