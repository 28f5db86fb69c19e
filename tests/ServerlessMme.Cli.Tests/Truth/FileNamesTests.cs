using System.Text;
using ServerlessMme.Cli.Truth;

namespace ServerlessMme.Cli.Tests.Truth;

public sealed class FileNamesTests
{
    [Theory]
    [InlineData("cat", "cat")]
    [InlineData("1.jpg", "1.jpg")]
    [InlineData("cat/deep/1.jpg", "cat__deep__1.jpg")]
    [InlineData("飛行機 ✈.png", "飛行機 ✈.png")]
    [InlineData("a:b?c*d|e\"f<g>h\\i.jpg", "a_b_c_d_e_f_g_h_i.jpg")]
    [InlineData("it's 100 %.jpg", "it's 100 %.jpg")]
    [InlineData("line\nbreak\u0000\u202egpj.exe", "line_break__gpj.exe")]
    [InlineData("..", "_")]
    [InlineData(".", "_")]
    [InlineData("../../etc/passwd", "_..__..__etc__passwd")]
    [InlineData(".hidden.jpg", "_.hidden.jpg")]
    [InlineData(".jpg", "_.jpg")]
    [InlineData("trailing. . ", "trailing")]
    [InlineData("CON", "_CON")]
    [InlineData("nul.tar.jpg", "_nul.tar.jpg")]
    [InlineData("com1.jpg", "_com1.jpg")]
    [InlineData("LPT¹", "_LPT¹")]
    [InlineData("common.jpg", "common.jpg")]
    [InlineData("", "_")]
    public void A_name_becomes_a_file_name_of_every_system(string name, string file) =>
        Assert.Equal(file, new FileNames().Add(name));

    [Fact]
    public void Names_that_a_file_system_takes_for_the_same_are_told_apart()
    {
        var names = new FileNames();
        string[] hostile = ["a/b.jpg", "a__b.jpg", "A__B.jpg", "a__B.JPG", "é.jpg", "e\u0301.jpg", "a:b", "a?b", "a*b"];

        string[] files = [.. hostile.Select(names.Add)];

        Assert.Equal("a__b.jpg", files[0]);
        Assert.Equal(
            files.Length,
            files.Select(file => file.Normalize(NormalizationForm.FormC)).Distinct(StringComparer.OrdinalIgnoreCase)
                .Count());
        Assert.EndsWith(".jpg", files[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_name_twice_has_two_files()
    {
        var names = new FileNames();

        Assert.Equal(3, new[] { names.Add("a"), names.Add("a"), names.Add("a") }.Distinct().Count());
    }

    [Theory]
    [InlineData('x')]
    [InlineData('飛')]
    public void Long_names_are_cut_and_told_apart(char letter)
    {
        var names = new FileNames();
        var stem = new string(letter, 1000);

        string[] files = [names.Add($"{stem}1.jpg"), names.Add($"{stem}2.jpg")];

        Assert.NotEqual(files[0], files[1]);
        Assert.All(files, file => Assert.EndsWith(".jpg", file, StringComparison.Ordinal));
        Assert.All(files, file => Assert.InRange(Encoding.UTF8.GetByteCount(file), 150, 255));
    }
}
