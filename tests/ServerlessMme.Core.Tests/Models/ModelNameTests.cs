using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Tests.Models;

public sealed class ModelNameTests
{
    [Theory]
    [InlineData("cifar10")]
    [InlineData("sign-language-digits")]
    [InlineData("0")]
    [InlineData("a-b-c-1")]
    public void A_legal_name_is_taken(string text) => Assert.Equal(text, ModelName.Parse(text).Value.Value);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a--b")]
    [InlineData("Cifar10")]
    [InlineData("a_b")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("cifar10\n")]
    [InlineData("cifär")]
    public void An_illegal_name_is_refused(string? text) =>
        Assert.Equal(ErrorCode.InvalidModelName, ModelName.Parse(text).Refusal?.Code);

    [Fact]
    public void The_longest_name_gives_legal_container_names()
    {
        var name = ModelName.Parse(new string('a', ModelName.MaxLength)).Value;

        Assert.Equal(63, name.ImagesContainer.Length);
        Assert.Equal(63, name.LabelsContainer.Length);
        Assert.Equal(62, name.TruthContainer.Length);
        Assert.NotNull(ModelName.Parse(new string('a', ModelName.MaxLength + 1)).Refusal);
    }

    [Theory]
    [InlineData("colors/", "'colors/' is not a model name. Did you mean 'colors'?")]
    [InlineData("models/colors/", "'models/colors/' is not a model name. Did you mean 'colors'?")]
    [InlineData("Colors/", "'Colors/' is not a model name. Use lowercase letters")]
    [InlineData("/", "'/' is not a model name. Use lowercase letters")]
    public void A_folder_that_a_shell_completed_gets_its_name_suggested(string text, string message) =>
        Assert.StartsWith(message, ModelName.Parse(text).Refusal!.Message, StringComparison.Ordinal);

    [Fact]
    public void A_refusal_shows_the_name_without_its_control_characters() =>
        Assert.Contains("'a\\u001b[31m'", ModelName.Parse("a\u001b[31m").Refusal!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("images-cifar10", "cifar10")]
    [InlineData("labels-cifar10", null)]
    [InlineData("images-", null)]
    [InlineData("cifar10", null)]
    public void The_model_is_read_from_a_container_of_drops(string container, string? model)
    {
        var read = ModelName.FromImagesContainer(container);

        Assert.Equal(model, read.TryGet(out var name, out _) ? name.Value : null);
    }
}
