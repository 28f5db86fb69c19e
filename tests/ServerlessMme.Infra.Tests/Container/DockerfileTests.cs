using System.Text.RegularExpressions;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Infra.Tests.Container;

public sealed partial class DockerfileTests
{
    private const int Timeout = 120_000;

    private static readonly string Text = Repository.Read("infra", "container", "Dockerfile");

    [Fact]
    public void SageMaker_is_told_that_it_hosts_many_models_on_a_port_of_its_choice()
    {
        Assert.Contains(
            "LABEL com.amazonaws.sagemaker.capabilities.multi-models=true\n", Text, StringComparison.Ordinal);
        Assert.Contains(
            "LABEL com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true\n", Text, StringComparison.Ordinal);
        Assert.Contains("CMD [\"serve\"]", Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_process_is_not_root()
    {
        var user = Assert.Single(User().Matches(Text)).Groups[1].Value;

        Assert.True(int.Parse(user) > 0);
        Assert.DoesNotContain("chmod 777", Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_copied_is_there_and_not_ignored()
    {
        var ignore = Repository.Read("infra", "container", "Dockerfile.dockerignore");
        var copied = Copy().Matches(Text).Where(match => !match.Value.Contains("--from", StringComparison.Ordinal))
            .SelectMany(match => match.Groups[1].Value.Split(' ')[..^1]).ToList();

        Assert.True(copied.Count >= 6);
        foreach (var path in copied.Select(path => path.TrimStart('.', '/') is "src" ? "src" : path))
        {
            Assert.True(Path.Exists(Repository.PathOf(path)), path);
            var kept = path.StartsWith("infra", StringComparison.Ordinal) ? "infra/container" : path;
            Assert.Contains($"!{kept}\n", ignore, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task The_health_check_tells_a_server_that_answers_from_none()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The check is a script of bash.");
        var check = Repository.PathOf("infra", "container", "healthy");
        await using var server = MmeProcess.Start(null, "serve", "--port", "0", "--models-dir", Repository.Models);
        var port = (await server.ServingAsync()).Port.ToString(provider: null);

        var healthy = await CheckAsync(check, port);
        await server.KillAsync();
        var dead = await CheckAsync(check, port);

        Assert.Equal(0, healthy?.ExitCode);
        Assert.NotEqual(0, dead?.ExitCode);
    }

    private static Task<Finished?> CheckAsync(string check, string port) =>
        Command.TryRunAsync("bash", new Dictionary<string, string> { ["SAGEMAKER_BIND_TO_PORT"] = port }, check);

    [GeneratedRegex(@"^USER (\S+)$", RegexOptions.Multiline)]
    private static partial Regex User();

    [GeneratedRegex(@"^COPY (?:--\S+ )*(.+)$", RegexOptions.Multiline)]
    private static partial Regex Copy();
}
