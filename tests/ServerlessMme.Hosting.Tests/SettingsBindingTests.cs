using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ServerlessMme.Hosting.Tests;

public sealed class SettingsBindingTests
{
    [Theory]
    [InlineData("Mme:Queue:MaxTries", "abc", "Mme:Queue:MaxTries is 'abc', but must be a whole number.")]
    [InlineData("Mme:Queue:MaxTries", "99999999999",
        "Mme:Queue:MaxTries is '99999999999', but must be a whole number.")]
    [InlineData("Mme:Queue:MaxTries", "0", "Mme:Queue:MaxTries is 0, but must be between 1 and 100.")]
    [InlineData("Mme:Queue:Visibility", "soon",
        "Mme:Queue:Visibility is 'soon', but must be a time span in the form hh:mm:ss.")]
    [InlineData("Mme:Onnx:RunTimeout", "100.00:00:00",
        "Mme:Onnx:RunTimeout is 100.00:00:00, but must be between 00:00:00.0100000 and 01:00:00.")]
    [InlineData("Mme:Models:EstimateFactor", "x", "Mme:Models:EstimateFactor is 'x', but must be a number.")]
    [InlineData("Mme:Storage:BlobServiceUri", "http://acme.blob.core.windows.net",
        "Mme:Storage:BlobServiceUri is 'http://acme.blob.core.windows.net', but must be an HTTPS address such as "
        + "https://acme.blob.core.windows.net.")]
    [InlineData("Mme:Storage:BlobServiceUri", "acme",
        "Mme:Storage:BlobServiceUri is 'acme', but must be an HTTPS address such as "
        + "https://acme.blob.core.windows.net.")]
    public void A_value_that_cannot_be_used_is_named_with_what_it_must_be(string name, string value, string expected)
    {
        Assert.Equal([expected], Failures((name, value)));
    }

    [Fact]
    public void All_values_of_a_section_that_do_not_parse_are_named_together()
    {
        Assert.Equal(
            ["Mme:Queue:BatchSize is 'b', but must be a whole number.",
                "Mme:Queue:MaxTries is 'a', but must be a whole number."],
            Failures(("Mme:Queue:MaxTries", "a"), ("Mme:Queue:BatchSize", "b")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("AccountName=acme")]
    [InlineData("AccountName=acme;AccountKey=%%secret%%")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=secret")]
    public void An_unreadable_connection_string_is_never_shown(string text)
    {
        var failures = Failures(("Mme:Storage:ConnectionString", text));

        Assert.Contains("cannot be read", failures.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failures.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Models_that_take_what_other_parts_need_are_refused_with_the_plan()
    {
        var problem = Assert.Single(
            Failures(("Mme:Memory:LimitBytes", $"{1L << 30}"), ("Mme:Models:BudgetBytes", $"{900L << 20}")).Distinct());

        Assert.Equal(
            "The parts of the memory plan exceed its limit: 1024 MiB (limit) = models 900 + scoring 128 + decoding 128 "
            + "+ images 64 + headroom 224. Raise Mme:Memory:LimitBytes, in bytes, to the memory that the process may "
            + "use, or make a part smaller. Mme:Models:BudgetBytes sets the part for models; settings in "
            + "Mme:Memory set the other parts.",
            problem);
    }

    private static IReadOnlyList<string> Failures(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Mme:Storage:BlobServiceUri"] = "https://acme.blob.core.windows.net",
            ["Mme:Storage:QueueServiceUri"] = "https://acme.queue.core.windows.net",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(all).Build();
        using var services = new ServiceCollection().AddClassifier(configuration).AddStorage(configuration)
            .BuildServiceProvider();
        var failure = Record.Exception(() => services.GetRequiredService<IStartupValidator>().Validate());
        return Assert.IsType<OptionsValidationException>(failure).Failures.ToList();
    }
}
