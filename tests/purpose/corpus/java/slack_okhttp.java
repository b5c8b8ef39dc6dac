// credential: slack SLACK_TOKEN
// file: src/main/java/App.java
import okhttp3.*;
public class App {
  void run() throws Exception {
    Request request = new Request.Builder()
        .url("https://slack.com/api/chat.postMessage")
        .addHeader("Authorization", "Bearer " + System.getenv("SLACK_TOKEN"))
        .post(RequestBody.create("{}", MediaType.get("application/json")))
        .build();
    // need: message.send
    new OkHttpClient().newCall(request).execute();
  }
}
