source <(APICONN_COMPLETE=bash apiconn)
