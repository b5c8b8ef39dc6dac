# credential: npm NPM_TOKEN
# file: pub.sh
#!/bin/sh
echo "//registry.npmjs.org/:_authToken=${NPM_TOKEN}" > .npmrc
# need: package.publish
npm publish --access public
