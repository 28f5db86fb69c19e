using ServerlessMme.Infra.Tests.Support;

namespace ServerlessMme.Infra.Tests.Azure;

public sealed class BicepTests
{
    private const int Timeout = 120_000;

    [Fact(Timeout = Timeout)]
    public async Task The_templates_build_and_lint_without_a_word()
    {
        using var bicep = new Bicep();

        foreach (var arguments in (string[][])[["build"], ["lint"]])
        {
            var finished = await bicep.RunAsync([.. arguments, bicep.PathOf("main.bicep")]);

            Assert.Equal((0, "", ""), (finished.ExitCode, finished.Output, finished.Error));
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task The_templates_are_formatted()
    {
        using var bicep = new Bicep();
        foreach (var file in bicep.Files.ToList())
        {
            var before = await File.ReadAllTextAsync(file);

            await bicep.RunAsync("format", file);

            Assert.Equal(before, await File.ReadAllTextAsync(file));
        }
    }
}
