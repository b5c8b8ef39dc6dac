# credential: github GH_TOKEN_RB
# file: dyn.rb
require 'octokit'
client = Octokit::Client.new(access_token: ENV['GH_TOKEN_RB'])
# unknown
client.send(ARGV[0].to_sym, 'acme/site')
