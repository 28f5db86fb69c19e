using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Serving.Tests.Gate;

public sealed class BotocoreQueryTests
{
    // Signs and sends each target, and prints the statuses.
    private const string Script = """
        import http.client, sys
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        key, secret, server, *targets = sys.argv[1:]
        for target in targets:
            request = AWSRequest("GET", f"http://{server}{target}")
            SigV4Auth(Credentials(key, secret), "sagemaker", "us-east-1").add_auth(request)
            connection = http.client.HTTPConnection(server)
            connection.request("GET", target, headers=dict(request.headers))
            print(connection.getresponse().status)
        """;

    [Fact]
    public async Task Queries_and_paths_are_verified_as_botocore_signs_them()
    {
        var botocore = await Python.PrintAsync("import botocore");
        Assert.SkipWhen(botocore is null, "Python's botocore is not installed.");
        await using var server = await RunningServer.StartAsync(($"Serve:Keys:{AwsKeys.Id}", AwsKeys.Secret));

        var finished = await Command.TryRunAsync(
            "python3", "-c", Script, AwsKeys.Id, AwsKeys.Secret, server.Url.Authority,
            "/models?a=x+y", "/models?a=b&&c=d", "/models?a", "/models?=", "/models?a=%2f&b=~&c=%7e",
            "/models?b=2&a=1&a=0", "/models?a=x%20y&a=x%2By", "/models?a=b=c",
            "/models/../models", "/./models", "/models/.");

        Assert.True(finished!.ExitCode == 0, finished.Error);
        Assert.All(finished.Output.Trim().Split('\n'), status => Assert.Equal("200", status.Trim()));
    }
}
