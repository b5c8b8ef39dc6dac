# credential: slack SLACK_TOKEN
# file: n.rb
require 'net/http'
uri = URI('https://slack.com/api/chat.postMessage')
req = Net::HTTP::Post.new(uri)
req['Authorization'] = "Bearer #{ENV['SLACK_TOKEN']}"
# need: message.send
Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |http| http.request(req) }
