APICONN_COMPLETE=fish apiconn | source
