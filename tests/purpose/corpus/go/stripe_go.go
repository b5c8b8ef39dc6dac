// credential: stripe STRIPE_KEY
// file: pay/refund.go
package pay
import ("os"; "github.com/stripe/stripe-go/v79"; "github.com/stripe/stripe-go/v79/refund")
func Refund(id string) error {
	stripe.Key = os.Getenv("STRIPE_KEY")
	// need: charge.write
	_, err := refund.New(&stripe.RefundParams{Charge: &id})
	return err
}
