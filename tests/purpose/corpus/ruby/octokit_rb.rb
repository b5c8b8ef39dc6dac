# credential: github GH_TOKEN_RB
# file: rel.rb
require 'octokit'
client = Octokit::Client.new(access_token: ENV['GH_TOKEN_RB'])
# need: issue.write
client.create_issue('acme/site', 'title')
