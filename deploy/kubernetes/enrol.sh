#!/bin/sh
# Enrols every node whose agent still waits for an identity. A token is made for each by the hub itself and reaches the pod on
# standard input: it is in no argument and no manifest.
# usage: deploy/kubernetes/enrol.sh [namespace]
set -eu
namespace="${1:-tidemark}"
kube() { kubectl -n "$namespace" "$@"; }

kube get pods -l app=agent -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName}{"\n"}{end}' |
  while read -r pod node; do
    if ! kube exec "$pod" -c wait-for-identity -- true 2>/dev/null </dev/null; then
      echo "$node: enrolled already, or not started yet"
      continue
    fi
    kube exec hub-0 -- node hub/src/main.ts enrol-token --ttl 600 --label kind=node --json </dev/null |
      sed -n 's/.*"token":"\([^"]*\)".*/\1/p' |
      kube exec -i "$pod" -c wait-for-identity -- tidemark-agent enroll \
        --hub http://hub.tidemark.svc:8478 --name "$node" --token-file -
  done
