# Waits until its standard input closes, that is, until its owner is gone; then stops the servers of
# a stack unless the stack has another user.
#
# Arguments: the program flock; the directory of the stack; what to remove at the end, if anything.
# Standard input: the records of the servers, in case that their files get removed under us.
# Standard output: the in-use lock, held in shared mode.
#
# A record: the process id, its start time, and the signals for an orderly stop and for a fast one.

# Whether the process $pid that started at $started is running.
is_running() {
    [ -n "$pid" ] || return 1
    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 1
    # The second field, a name in parentheses, can contain anything; what follows starts with the
    # third, the state. The 20th is the number of threads, the 22nd the start time.
    # shellcheck disable=SC2086
    set -- ${stat##*)}
    [ "${20}" = "$started" ] || return 1
    # While other threads of an ended process are left, its files and ports are still open.
    case $1 in
        Z | X) [ "${18}" -gt 1 ] ;;
    esac
}

# A record is locked until it is written.
written_records() {
    for record in run/*.pid; do
        [ ! -e "$record" ] || "$flock" -s "$record" cat "$record"
    done
}

# Sends the signal that a record names for the purpose.
signal_all() {
    while read -r pid started stop discard; do
        case $1 in
            stop) signal=$stop ;;
            discard) signal=$discard ;;
            kill) signal=KILL ;;
        esac
        ! is_running || kill -s "$signal" "$pid"
    done <<END
$records
END
}

any_running() {
    while read -r pid started _; do
        is_running && return
    done <<END
$records
END
    return 1
}

# Waits for the given number of seconds.
all_stopped_within() {
    rest=$(($1 * 50))
    while any_running; do
        [ "$rest" -gt 0 ] || return 1
        rest=$((rest - 1))
        sleep 0.02
    done
}

trap '' HUP INT QUIT TERM
flock=$1
cd "$2" || exit
shift 2
records=
while read -r record; do
    records="$records$record
"
done

# Nobody may start or attach while we decide and stop; those who wait for their turn come after us.
# If the directory was removed, nobody can.
if [ -e starting.lock ]; then
    exec 9>>starting.lock
    "$flock" -x 9 || exit
    records=$(written_records)
fi
"$flock" -n -x 1 || exit 0

if [ $# -gt 0 ]; then purpose=discard; else purpose=stop; fi
signal_all "$purpose"
if ! all_stopped_within 30; then
    signal_all kill
    all_stopped_within 10 || exit 1
fi
[ $# -gt 0 ] || exit 0
# A second time, as children of a killed server can still be writing.
rm -rf -- "$@" 2>/dev/null || { sleep 0.5 && rm -rf -- "$@"; }
