using System.Runtime.InteropServices;
using ServerlessMme.Cli.Tests.Serve.Support;
using ServerlessMme.Core.Models.Artifacts;

namespace ServerlessMme.Cli.Tests.Serve;

public sealed class ProcessTests
{
    private static readonly Dictionary<string, string> NoVariables = [];

    [Fact]
    public async Task Serve_prints_where_it_listens_and_ends_with_0_on_SIGTERM()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var process = Command.StartMme(NoVariables, "serve", "--models-dir", "models", "--port", "0");
        try
        {
            var url = await ListeningAsync(process);
            using var http = new HttpClient { BaseAddress = url };
            using var body = new ByteArrayContent(await File.ReadAllBytesAsync(Samples.First("cifar10")));
            body.Headers.ContentType = new("image/jpeg");
            body.Headers.Add("X-Amzn-SageMaker-Target-Model", "cifar10");
            using var answer = await http.PostAsync(new Uri("/endpoints/mme/invocations", UriKind.Relative), body);
            Assert.True(answer.IsSuccessStatusCode);

            Assert.Equal(0, Kill(process.Id, 15));
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    [Fact]
    public async Task The_port_that_SageMaker_names_is_taken()
    {
        using var process = Command.StartMme(
            new Dictionary<string, string> { ["SAGEMAKER_BIND_TO_PORT"] = "0" }, "serve", "--models-dir", "models");
        try
        {
            Assert.NotEqual(8080, (await ListeningAsync(process)).Port);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task A_folder_of_artifacts_serves_each_under_its_name()
    {
        var folder = Directory.CreateTempSubdirectory("mme-artifacts-");
        try
        {
            await using (var artifact = File.Create(Path.Combine(folder.FullName, "cifar.tar.gz")))
            {
                await ArtifactPacker.PackAsync(Path.Combine(Repository.Models, "cifar10"), artifact, default);
            }

            await using var server = await RunningServer.StartAsync(folder.FullName, TimeProvider.System,
                ("Artifacts:Folder", Path.Combine(folder.FullName, "unpacked")));

            var answer = await server.InvokeAsync(
                "cifar.tar.gz", await File.ReadAllBytesAsync(Samples.First("cifar10")), "image/jpeg");

            var scores = Assert.Single(answer.Predictions);
            Assert.Equal(0, scores.IndexOf(scores.Max()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--models-dir", "no-such-folder", "There is no folder 'no-such-folder'.")]
    [InlineData("--alias", "cifar", "--alias must be NAME=MODEL.")]
    [InlineData("--host", "everywhere", "--host is 'everywhere', but must be an IP address.")]
    [InlineData("--port", "70000", "--port is '70000', but must be a whole number from 0 to 65535.")]
    public async Task A_command_line_that_cannot_be_carried_out_ends_with_2(string option, string value, string message)
    {
        var finished = await Command.RunMmeAsync(NoVariables, "serve", option, value);

        Assert.Equal(2, finished.ExitCode);
        Assert.StartsWith(message, finished.Error, StringComparison.Ordinal);
    }

    private static async Task<Uri> ListeningAsync(System.Diagnostics.Process process)
    {
        const string listening = "Listening at ";
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.StartsWith(listening, line, StringComparison.Ordinal);
        return new Uri(line![listening.Length..]);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
