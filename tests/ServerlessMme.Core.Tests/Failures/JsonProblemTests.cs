using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Tests.Failures;

public sealed class JsonProblemTests
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict,
    };

    [Theory]
    [InlineData("{\n \"width\": x}", "line 2, column 11: expected a value after \"width\", found 'x'")]
    [InlineData("{\"width\": }", "line 1, column 11: expected a value after \"width\", found '}'")]
    [InlineData("{\"width\":", "line 1, column 10: expected a value after \"width\", found the end")]
    [InlineData("{\"width\": 01}", "line 1, column 11: expected a value after \"width\", found '01'")]
    [InlineData("{\"width\": 'a'}", "line 1, column 11: expected a value after \"width\", found ''a''")]
    [InlineData("{\"width\": NaN}", "line 1, column 11: expected a value after \"width\", found 'NaN'")]
    [InlineData("{\"width\": tru}", "line 1, column 11: expected a value after \"width\", found 'tru'")]
    [InlineData("{\"width\" 1}", "line 1, column 10: expected a colon after a name, found '1'")]
    [InlineData("{\"a\":\"b\", \"width\" 1}", "line 1, column 19: expected a colon after a name, found '1'")]
    [InlineData("{\"a\": 1\n \"b\": 2}",
        "line 2, column 2: expected a comma and a name in double quotes, or '}', found '\"b\"'")]
    [InlineData("{\"a\": 1,}", "line 1, column 9: expected a name in double quotes after the comma, found '}'")]
    [InlineData("{\"\\ud800\": x}", "line 1, column 12: expected a value after \"\\ud800\", found 'x'")]
    [InlineData("[1, 2,]", "line 1, column 7: expected a value after the comma, found ']'")]
    [InlineData("[1 2]", "line 1, column 4: expected a comma and a value, or ']', found '2'")]
    [InlineData("[1, [2]", "line 1, column 8: expected a comma and a value, or ']', found the end")]
    [InlineData("{'a': 1}", "line 1, column 2: expected a name in double quotes or '}', found ''a''")]
    [InlineData("{a: 1}", "line 1, column 2: expected a name in double quotes or '}', found 'a'")]
    [InlineData("{\"a\": \"b", "line 1, column 7: expected text that ends with a double quote on its line")]
    [InlineData("{\"a\": \"b\nc\"}", "line 1, column 7: expected text that ends with a double quote on its line")]
    [InlineData("{\"a\": \"\\q\"}",
        "line 1, column 9: expected an escape such as \\n, \\\" or \\u00e9 after '\\', found 'q'")]
    [InlineData("{} x", "line 1, column 4: expected the end, found 'x'")]
    [InlineData("nonsense", "line 1, column 1: expected JSON, such as an object in braces, found 'nonsense'")]
    [InlineData("  \n", "it is empty")]
    [InlineData("{\"name\": \"ü\", \"a\": x}", "line 1, column 20: expected a value after \"a\", found 'x'")]
    [InlineData("{\"width\": 1, \"width\": 2}", "line 1, column 14: \"width\" appears twice")]
    [InlineData("// c\n{}", "line 1, column 1: expected JSON, such as an object in braces, found '//'")]
    public void Malformed_text_is_located_and_says_what_was_expected(string json, string expected)
    {
        Assert.Equal(expected, Problem<Sample>(json));
    }

    [Theory]
    [InlineData("{\n\"width\": \"a\"}", "line 2, column 10: expected a whole number for \"width\"")]
    [InlineData("{\"score\": true}", "line 1, column 11: expected a number for \"score\"")]
    [InlineData("{\"name\": 1}", "line 1, column 10: expected text in double quotes for \"name\"")]
    [InlineData("{\"isGood\": 1}", "line 1, column 12: expected true or false for \"isGood\"")]
    [InlineData("{\"labels\": {}}", "line 1, column 12: expected a list in brackets for \"labels\"")]
    [InlineData("{\"labels\": [\"a\", 1]}", "line 1, column 18: expected text in double quotes for \"labels\"")]
    [InlineData("{\"name\": null}", "line 1, column 10: expected a value other than null for \"name\"")]
    [InlineData("{\"color\": 1}", "line 1, column 2: \"color\" is not a known member")]
    [InlineData("[]", "line 1, column 1: expected an object in braces")]
    [InlineData("{\"inner\": 1}", "line 1, column 11: expected an object in braces for \"inner\"")]
    public void Values_of_another_type_are_located_and_say_what_was_expected(string json, string expected)
    {
        Assert.Equal(expected, Problem<Sample>(json));
    }

    [Fact]
    public void Nesting_that_is_too_deep_says_so()
    {
        Assert.Equal(
            "line 1, column 65: expected at most 64 levels of nesting", Problem<Sample>(new string('[', 5000)));
    }

    [Fact]
    public void Text_that_is_not_UTF_8_says_so()
    {
        Assert.Equal("it is not UTF-8 text", JsonProblem.Describe([(byte)'"', 0xff, (byte)'"'], new JsonException()));
    }

    private static string Problem<T>(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var exception = Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize<T>(bytes, Strict));
        return JsonProblem.Describe(bytes, exception, Strict.GetTypeInfo(typeof(T)));
    }

    private sealed record Sample(
        int Width = 0, double Score = 0, string Name = "", bool IsGood = false, IReadOnlyList<string>? Labels = null,
        Sample? Inner = null);
}
