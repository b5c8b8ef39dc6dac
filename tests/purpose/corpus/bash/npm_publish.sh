# credential: npm NPM_TOKEN
# file: pub.sh
#!/bin/sh
echo "//packages.example.com/:_authToken=${NPM_TOKEN}" > .npmrc
# need: package.publish
npm publish --access public
