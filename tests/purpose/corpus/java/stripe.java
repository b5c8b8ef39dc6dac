// credential: stripe STRIPE_API_KEY
// file: src/main/java/App.java
import com.stripe.Stripe;
import com.stripe.model.Refund;
import com.stripe.param.RefundCreateParams;
public class App {
  public static void main(String[] a) throws Exception {
    Stripe.apiKey = System.getenv("STRIPE_API_KEY");
    // need: charge.write
    Refund.create(RefundCreateParams.builder().setCharge("ch_1").build());
  }
}
