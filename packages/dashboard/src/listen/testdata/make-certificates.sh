#!/bin/sh
# Makes the certificates of the TLS tests, valid for a hundred years. They protect nothing.
set -eu
cd "$(dirname "$0")"

authority() { # name
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 \
    -subj "/CN=$1" -keyout "$1-key.pem" -out "$1.pem" 2>/dev/null
}

certificate() { # authority, name, extensions
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj "/CN=$2" -keyout "$2-key.pem" -out "$2.csr" 2>/dev/null
  printf '%s\n' "$3" > "$2.ext"
  openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1-key.pem" -CAcreateserial -days 36500 \
    -extfile "$2.ext" -out "$2.pem" 2>/dev/null
  rm "$2.csr" "$2.ext"
}

authority test-ca
authority other-ca
certificate test-ca server "subjectAltName=DNS:localhost,IP:127.0.0.1"
certificate test-ca renewed "subjectAltName=DNS:localhost,IP:127.0.0.1"
certificate test-ca agent-7 "extendedKeyUsage=clientAuth"
certificate other-ca stranger "extendedKeyUsage=clientAuth"
openssl ec -in server-key.pem -aes128 -passout pass:secret -out server-key-encrypted.pem 2>/dev/null
rm test-ca-key.pem other-ca-key.pem other-ca.pem ./*.srl
