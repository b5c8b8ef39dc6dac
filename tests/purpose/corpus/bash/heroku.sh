# credential: heroku HEROKU_API_KEY
# file: h.sh
#!/bin/sh
# need: app.create
heroku ps:scale web=2 --app shop
