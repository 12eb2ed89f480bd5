command --query apiconn; and APICONN_COMPLETE=fish apiconn | source
