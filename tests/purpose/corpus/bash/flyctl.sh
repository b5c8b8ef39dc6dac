# credential: fly FLY_API_TOKEN
# file: f.sh
#!/bin/sh
# need: machine.deploy
flyctl deploy --remote-only
