using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.SageMaker.Payloads;

/// <summary>Reads TensorFlow Serving's <c>{"predictions":[[…]]}</c>: one row of scores per image.</summary>
internal static class PredictionsReader
{
    /// <summary>Reads the rows. Returns null and the problem if the response is invalid.</summary>
    /// <param name="rows">Expected number of rows.</param>
    /// <param name="manifest">Determines the expected number of scores per row.</param>
    public static float[][]? Read(ReadOnlySpan<byte> answer, int rows, Manifest manifest, out string problem)
    {
        problem = "";
        try
        {
            return ReadDocument(answer, rows, manifest);
        }
        catch (JsonException exception)
        {
            var reason = exception.LineNumber is null ? exception.Message : JsonProblem.Describe(answer, exception);
            problem = $"is invalid ({reason}). It must be JSON in the form {{\"predictions\":[[…]]}}, with one list "
                + $"per image ({rows}) and one score per label ({manifest.Labels.Count}). Compare the labels in "
                + "model.json with the scores that the endpoint's container returns";
            return null;
        }
    }

    private static float[][] ReadDocument(ReadOnlySpan<byte> answer, int rows, Manifest manifest)
    {
        float[][]? found = null;
        var reader = new Utf8JsonReader(answer);
        Expect(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("predictions"u8))
            {
                found = ReadRows(ref reader, rows, manifest);
            }
            else
            {
                reader.Skip();
            }
        }

        if (reader.Read())
        {
            throw new JsonException("text follows the object");
        }

        return found ?? throw new JsonException("it has no \"predictions\"");
    }

    private static float[][] ReadRows(ref Utf8JsonReader reader, int rows, Manifest manifest)
    {
        var scores = manifest.Labels.Count;
        var found = new List<float[]>(rows);
        Expect(ref reader, JsonTokenType.StartArray);
        while (Next(ref reader) == JsonTokenType.StartArray)
        {
            var row = new float[scores];
            var count = 0;
            for (; Next(ref reader) == JsonTokenType.Number; count++)
            {
                if (count == scores || !reader.TryGetSingle(out row[count]) || !float.IsFinite(row[count]))
                {
                    throw new JsonException(
                        count == scores ? $"a list has more than {scores} scores" : "a score is not a finite number");
                }
            }

            var isWhole = count == scores || (count == 1 && manifest.TakesOneScore);
            if (!isWhole || reader.TokenType != JsonTokenType.EndArray)
            {
                throw new JsonException(reader.TokenType == JsonTokenType.EndArray
                    ? $"a list has {count} of {scores} scores"
                    : "a list contains a value that is not a number");
            }

            found.Add(row[..count]);
        }

        if (reader.TokenType != JsonTokenType.EndArray)
        {
            throw new JsonException("a prediction is not a list of numbers");
        }

        return found.Count == rows
            ? [.. found]
            : throw new JsonException($"the number of lists is {found.Count}");
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw new JsonException("it ends early");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (Next(ref reader) != type)
        {
            throw new JsonException(
                type == JsonTokenType.StartArray ? "\"predictions\" is not a list" : "it is not an object");
        }
    }
}
