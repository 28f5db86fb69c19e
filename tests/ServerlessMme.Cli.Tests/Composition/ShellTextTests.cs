using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Tests.Composition;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("models/flowers-int8", "models/flowers-int8")]
    [InlineData("my models", "'my models'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$HOME", "'$HOME'")]
    [InlineData("", "''")]
    public void Text_is_one_word_for_a_shell(string text, string expected) =>
        Assert.Equal(expected, ShellText.Quote(text));
}
