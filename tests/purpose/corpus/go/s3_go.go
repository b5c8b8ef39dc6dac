// credential: aws AWS_SECRET_ACCESS_KEY
// file: main.go
package main
import ("context"; "github.com/aws/aws-sdk-go-v2/config"; "github.com/aws/aws-sdk-go-v2/service/s3")
func main() {
	cfg, _ := config.LoadDefaultConfig(context.Background())
	client := s3.NewFromConfig(cfg)
	// need: bucket.read
	client.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{})
}
