#!/bin/sh
# Section C of the runbook by hand: its own commands, in a careful operator's script.
# usage: section-c.sh NAMESPACE DEPLOYMENT REVISION
set -eu
namespace=$1 deployment=$2 revision=$3

# Step 2: undo
kubectl -n "$namespace" rollout undo "deployment/$deployment" --to-revision="$revision"

# Step 3: status
kubectl -n "$namespace" rollout status "deployment/$deployment"
