using ServerlessMme.Cli.Composition;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Composition;

public sealed class ModelFolderTests
{
    [Fact]
    public void A_name_without_a_folder_is_answered_with_both_places_and_the_way_out()
    {
        var here = Path.GetFullPath("no-such-model");
        var below = Path.GetFullPath(Path.Combine("models", "no-such-model"));
        var folder = new ModelFolder("no-such-model");

        var refusal = Assert.Throws<CommandException>(folder.Find);

        Assert.Equal(folder.Missing, refusal.Message);
        Assert.StartsWith($"There is no model in '{here}' or '{below}'.", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'mme models init'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_model_is_the_only_place()
    {
        using var folder = new TemporaryFolder();

        Assert.StartsWith(
            $"There is no model in '{folder.Root}'. ", new ModelFolder(folder.Root).Missing, StringComparison.Ordinal);
    }
}
