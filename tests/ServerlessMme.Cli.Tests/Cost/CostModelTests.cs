using System.Text.Json.Nodes;
using ServerlessMme.Cli.Cost;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Queues;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Cost;

public sealed class CostModelTests
{
    private static readonly PriceBook Book = PriceBook.Read(PriceBook.BuiltIn());
    private static readonly CostModel Model = new(Book);
    private static readonly Fleet Usual = new(1000, 1_000_000, 2.6, 100, 0.1, 1, 0);

    [Fact]
    public void Single_drops_cost_what_a_hand_reckons()
    {
        var lines = Model.Bill(Usual, EndpointKind.Single).Lines.ToDictionary(line => line.Item, line => line.Usd);

        // A million executions of a second and 730 sweeps of 30 s, on 2 GB, less what is free.
        Assert.Equal(((1_000_000 + (730 * 30)) * 2 - 100_000) * 0.000026, lines["execution"], 6);
        // A drop comes in, is looked at, is delivered; its label comes in.
        Assert.Equal((4_000_000 - 100_000) * 0.60 / 1e6, lines["events"], 6);
        Assert.Equal(3_000_000 * 0.004 / 10_000, lines["queue"], 6);
        Assert.Equal(2_000_000 * 0.055 / 10_000, lines["blob writes"], 6);
        Assert.Equal(730 * 1000 * 2 * 0.055 / 10_000, lines["sweeps' listings"], 6);
    }

    [Fact]
    public void One_multi_model_endpoint_saves_more_than_ninety_percent_at_a_thousand_models()
    {
        Assert.True(Model.InstancesSaved(Usual) > 0.9);
        // Even where nothing may be cold and each model is forty times as large.
        Assert.True(Model.InstancesSaved(Usual with { Cold = 0, ModelMB = 100 }) > 0.9);
        Assert.Equal(0, Model.InstancesSaved(Usual with { Models = 1 }));
    }

    [Theory]
    [InlineData(EndpointKind.Dedicated)]
    [InlineData(EndpointKind.MultiModel)]
    public void The_number_from_which_an_endpoint_is_cheaper_is_where_the_bills_cross(object endpoint)
    {
        var one = Usual with { Models = 1 };
        var hosting = (EndpointKind)endpoint;

        var images = Model.CheaperFrom(one, hosting, EndpointKind.Single)!.Value;

        Assert.InRange(images, 1_000_000, 10_000_000);
        Assert.True(Usd(images * 1.01, hosting) < Usd(images * 1.01, EndpointKind.Single));
        Assert.True(Usd(images * 0.99, hosting) > Usd(images * 0.99, EndpointKind.Single));

        double Usd(double count, EndpointKind how) => Model.Bill(one with { Images = count }, how).Usd;
    }

    [Fact]
    public void An_endpoint_has_instances_for_its_peak_and_for_the_models_that_must_be_warm()
    {
        var manyImages = Usual with { Images = 10e9 };
        var largeModels = Usual with { ModelMB = 100, Cold = 0.5 };

        Assert.Equal(
            Math.Ceiling(10e9 / (730 * 3600) * 10 / 2088),
            EndpointCost.Instances(Book, manyImages, EndpointKind.MultiModel));
        Assert.Equal(
            Math.Ceiling(500 * 100 * 1.53 / 1000 / 6.4),
            EndpointCost.Instances(Book, largeModels, EndpointKind.MultiModel));
        Assert.Equal(2000, EndpointCost.Instances(Book, largeModels, EndpointKind.Dedicated));
    }

    [Fact]
    public void Every_price_has_a_date_a_source_and_how_it_is_known()
    {
        Assert.All(Book.Prices.Values, price =>
        {
            Assert.Matches(@"\A20\d\d-\d\d(-\d\d)?\z", price.Date);
            Assert.NotEmpty(price.Source);
            Assert.Contains(price.Basis, (string[])["read", "recalled"]);
        });
        Assert.All(Book.Work.Values, quantity =>
            Assert.Contains(quantity.Basis, (string[])["measured", "counted", "read", "chosen", "assumed"]));
    }

    [Fact]
    public void What_is_counted_in_the_code_is_what_the_code_has()
    {
        Assert.Equal(new BatchOptions().Size, Book["imagesPerMessage"]);
        Assert.Equal(new PipelineOptions().Transfers, Book["transfersTogether"]);
        var fleet = JsonNode.Parse(File.ReadAllText(Repository.PathOf(
            "tests", "ServerlessMme.Benchmarks", "results", "fleet-distinct-500.json")))!;
        Assert.Equal((double)fleet["first_use_ms"]! / 1000, Book["firstUseSeconds"], 6);
        Assert.Equal((double)fleet["naive"]!["private_mib_per_model"]! / 2.6, Book["plainMemoryFactor"], 2);
    }

    [Theory]
    [InlineData("usd", "-1", "prices.queueOperation must not be negative")]
    [InlineData("source", "\"\"", "prices.queueOperation needs a date and a source")]
    [InlineData("color", "1", "\"color\" is not a known member")]
    [InlineData("usd", "\"a\"", "expected a number for \"usd\"")]
    [InlineData("source", "null", "expected a value other than null for \"source\"")]
    public void Prices_that_cannot_be_are_named(string member, string value, string said)
    {
        var json = JsonNode.Parse(PriceBook.BuiltIn())!;
        json["prices"]!["queueOperation"]![member] = JsonNode.Parse(value);

        var refused = Assert.Throws<PricesException>(() => PriceBook.Read(json.ToJsonString()));

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prices")]
    [InlineData("work")]
    [InlineData("operations")]
    public void A_file_that_lacks_a_member_is_refused(string member)
    {
        var json = JsonNode.Parse(PriceBook.BuiltIn())!;
        json.AsObject().Remove(member);

        var refused = Assert.Throws<PricesException>(() => PriceBook.Read(json.ToJsonString(), "mine.json"));

        Assert.StartsWith($"mine.json lacks {member}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_JSON_is_located()
    {
        var refused = Assert.Throws<PricesException>(() => PriceBook.Read("{\n\"prices\": x}", "mine.json"));

        Assert.StartsWith(
            "mine.json, line 2, column 11: expected a value after \"prices\", found 'x'.",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_price_that_is_missing_is_named()
    {
        var json = JsonNode.Parse(PriceBook.BuiltIn())!;
        json["prices"]!.AsObject().Remove("eventGrid");
        var model = new CostModel(PriceBook.Read(json.ToJsonString()));

        var refused = Assert.Throws<PricesException>(() => model.Bills(Usual));

        Assert.Contains("prices.eventGrid", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void The_table_in_the_docs_is_what_the_command_says(double models)
    {
        var bills = Model.Bills(Usual with { Models = models })
            .Select(bill => FormattableString.Invariant($"{bill.Usd:N0}"));

        var row = FormattableString.Invariant($"| {models:N0} | {string.Join(" | ", bills)} |");

        Assert.Contains(row, File.ReadAllText(Repository.PathOf("docs", "cost.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_picture_in_the_docs_is_the_one_that_the_command_draws()
    {
        using var svg = new MemoryStream();

        CostPlot.Write(Model, Usual, svg);

        Assert.Equal(
            File.ReadAllBytes(Repository.PathOf("docs", "cost.svg")).AsSpan().TrimEnd((byte)'\n'),
            svg.ToArray().AsSpan().TrimEnd((byte)'\n'));
    }
}
