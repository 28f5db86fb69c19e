using ServerlessMme.Cli.Composition;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Composition;

public sealed class LocalModelsTests : IDisposable
{
    private readonly TemporaryFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public void Only_names_that_no_shell_runs_are_offered()
    {
        foreach (var name in new[] { "flowers", "$(touch x)", "a b", "`id`", "x;id" })
        {
            _models.Write($"{name}/model.json", []);
        }

        Assert.Equal(["flowers"], LocalModels.Names(_models.Root));
    }

    [Fact]
    public async Task Names_in_the_current_folder_are_offered_too()
    {
        const string typed = "mme labels ";
        _models.Write("colors/model.json", []);
        _models.Write("models/flowers/model.json", []);
        _models.Write("models/colors/model.json", []);
        _models.Write("photos/a.jpg", []);

        var (exitCode, output, _) = await MmeProcess.RunInAsync(_models.Root, $"[suggest:{typed.Length}]", typed);

        Assert.Equal(0, exitCode);
        Assert.Equal(["colors", "flowers"], output.Split(Environment.NewLine)[..^1].Order());
    }

    [Fact]
    public void Nothing_is_offered_without_a_folder_of_models() =>
        Assert.Empty(LocalModels.Names(_models.PathOf("missing")));
}
