// credential: github GH_PAT
// file: src/main/java/App.java
import java.net.URI;
import java.net.http.*;
public class App {
  void run() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create("https://api.github.com/repos/acme/site/issues"))
        .header("Authorization", "Bearer " + System.getenv("GH_PAT"))
        .POST(HttpRequest.BodyPublishers.ofString("{}"))
        .build();
    // need: issue.write
    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
