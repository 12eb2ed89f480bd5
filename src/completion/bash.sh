_apiconn_complete() {
    # readline also breaks words at = : and @, which names and scopes hold: what no blank separates is one word.
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
    # Only the end of the word, from the last break on, is replaced.
    local kept=
    [[ ${words[last]} != *"$2" ]] || kept=${words[last]%"$2"}
    local IFS=$'\013'
    # Not an unquoted substitution: the shell would take a * in a description for file names.
    read -r -d '' -a COMPREPLY < <(
        APICONN_COMPLETE=bash _CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$last _CLAP_COMPLETE_COMP_TYPE=$COMP_TYPE \
            APICONN_COMPLETE_COLUMNS=${COLUMNS-} apiconn -- "${words[@]}" "${COMP_WORDS[@]:COMP_CWORD + 1}" 2>/dev/null
    )
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    [[ ${COMPREPLY-} != *[=/:] ]] || compopt -o nospace 2>/dev/null
}
complete -o bashdefault -o nosort -F _apiconn_complete apiconn 2>/dev/null ||
    complete -o bashdefault -F _apiconn_complete apiconn
