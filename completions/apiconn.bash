eval "$(APICONN_COMPLETE=bash apiconn 2>/dev/null)"
