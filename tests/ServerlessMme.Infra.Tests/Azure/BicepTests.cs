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
    public async Task Parameter_files_build_without_a_word()
    {
        using var bicep = new Bicep();
        var azd = new Dictionary<string, string> { ["AZURE_ENV_NAME"] = "photos", ["AZURE_LOCATION"] = "westeurope" };
        var files = bicep.Files.Where(file => file.EndsWith(".bicepparam", StringComparison.Ordinal)).ToList();

        Assert.Equal(3, files.Count);
        foreach (var file in files)
        {
            var finished = await bicep.RunAsync(azd, "build-params", file);

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
