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

    [Fact]
    public void An_image_built_without_an_engine_has_the_same_settings()
    {
        var script = Repository.Read("infra", "container", "build-without-daemon");
        var labels = Label().Matches(Text).SelectMany(match => Pairs(match.Groups[1].Value)).ToList();
        var variables = Pairs(Environment().Match(Text).Groups[1].Value).ToList();
        var user = User().Match(Text).Groups[1].Value;

        Assert.Equal((4, 2), (labels.Count, variables.Count));
        Assert.All(labels, label => Assert.Contains($"--config.label {label}", script, StringComparison.Ordinal));
        Assert.All(variables, value => Assert.Contains($"--config.env {value}", script, StringComparison.Ordinal));
        Assert.Contains($"--config.user {user} ", script, StringComparison.Ordinal);
        Assert.Contains("EXPOSE 8080\n", Text, StringComparison.Ordinal);
        Assert.Contains("--config.exposedports 8080/tcp ", script, StringComparison.Ordinal);
        Assert.Contains("--config.entrypoint /usr/local/bin/mme --config.cmd serve\n", script, StringComparison.Ordinal);
        Assert.Contains("ENTRYPOINT [\"/usr/local/bin/mme\"]\nCMD [\"serve\"]", Text, StringComparison.Ordinal);
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

    /// <summary>The settings of a line of the Dockerfile, without quotes.</summary>
    private static IEnumerable<string> Pairs(string line) =>
        Pair().Matches(line).Select(match => match.Value.Replace("\"", "", StringComparison.Ordinal));

    [GeneratedRegex(@"^LABEL (.+)$", RegexOptions.Multiline)]
    private static partial Regex Label();

    [GeneratedRegex(@"^ENV ((?:.*\\\n)*.*)$", RegexOptions.Multiline)]
    private static partial Regex Environment();

    [GeneratedRegex(@"[\w.-]+=(""[^""]*""|\S+)")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^USER (\S+)$", RegexOptions.Multiline)]
    private static partial Regex User();

    [GeneratedRegex(@"^COPY (?:--\S+ )*(.+)$", RegexOptions.Multiline)]
    private static partial Regex Copy();
}
