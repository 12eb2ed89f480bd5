_apiconn_complete() {
    # readline also splits words at = : and @, which names and scopes contain: join pieces without a blank between them.
    local line=${COMP_LINE:0:COMP_POINT} words=() last=-1 blanks piece i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        blanks=${line%%[![:blank:]]*}
        line=${line#"$blanks"}
        piece=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || piece=$line
        if [[ $last -lt 0 || -n $blanks ]]; then
            words[++last]=$piece
        else
            words[last]+=$piece
        fi
        line=${line#"$piece"}
    done
    [[ ${words[last]} != [\"\']* ]] || words[last]=$2
    # readline replaces only the end of the word, after the last split.
    local kept=
    [[ ${words[last]} != *"$2" ]] || kept=${words[last]%"$2"}
    local IFS=$'\013'
    # An unquoted substitution would expand a * in a description to file names.
    read -r -d '' -a COMPREPLY < <(
        APICONN_COMPLETE=bash _CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$last _CLAP_COMPLETE_COMP_TYPE=$COMP_TYPE \
            APICONN_COMPLETE_COLUMNS=${COLUMNS-} apiconn -- "${words[@]}" "${COMP_WORDS[@]:COMP_CWORD + 1}" 2>/dev/null
    )
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    [[ ${COMPREPLY-} != *[=/:] ]] || compopt -o nospace 2>/dev/null
}
complete -o bashdefault -o nosort -F _apiconn_complete apiconn 2>/dev/null ||
    complete -o bashdefault -F _apiconn_complete apiconn
