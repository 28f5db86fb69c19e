using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Serve;

public sealed class ServeCommandTests
{
    private const int Timeout = 120_000;

    [Fact(Timeout = Timeout)]
    public async Task Serve_prints_where_it_listens_and_ends_with_0_on_SIGTERM()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        await using var mme = MmeProcess.Start(null, "serve", "--models-dir", "models", "--port", "0");
        using var http = new HttpClient { BaseAddress = await mme.ServingAsync() };
        using var body = new ByteArrayContent(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        body.Headers.ContentType = new("image/jpeg");
        body.Headers.Add("X-Amzn-SageMaker-Target-Model", "cifar10");
        using var answer = await http.PostAsync(new Uri("/endpoints/mme/invocations", UriKind.Relative), body);
        Assert.True(answer.IsSuccessStatusCode);

        await mme.TerminateAsync();
        await mme.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(0, mme.ExitCode);
    }

    [Fact(Timeout = Timeout)]
    public async Task The_port_that_SageMaker_names_is_taken()
    {
        await using var mme = MmeProcess.Start(
            null, [("SAGEMAKER_BIND_TO_PORT", "0")], ["serve", "--models-dir", "models"]);

        Assert.NotEqual(8080, (await mme.ServingAsync()).Port);
    }

    [Theory(Timeout = Timeout)]
    [InlineData("--models-dir", "no-such-folder", "There is no folder 'no-such-folder'.")]
    [InlineData("--alias", "cifar", "--alias is 'cifar', but must have the form NAME=MODEL.")]
    [InlineData("--host", "everywhere", "--host is 'everywhere', but must be an IP address.")]
    [InlineData("--port", "70000", "--port is '70000', but must be a whole number from 0 to 65535.")]
    public async Task A_command_line_that_cannot_be_carried_out_ends_with_2(string option, string value, string message)
    {
        var finished = await MmeProcess.RunAsync(null, "serve", option, value);

        Assert.Equal(2, finished.ExitCode);
        Assert.StartsWith(message, finished.Error, StringComparison.Ordinal);
    }
}
