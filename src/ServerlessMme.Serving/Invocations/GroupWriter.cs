using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ServerlessMme.Core.Labels;
using ServerlessMme.Serving.Errors;

namespace ServerlessMme.Serving.Invocations;

/// <summary>Writes the answers of a group's members as predictions.</summary>
internal static class GroupWriter
{
    /// <summary>
    /// Writes <c>{"predictions":[{"member":[scores],"member":{"error":{…}}}]}</c>: per member one score per label, in
    /// the manifest's order.
    /// </summary>
    /// <param name="answers">The answers, each with all classes.</param>
    public static async Task WriteAsync(HttpContext context, IReadOnlyList<MemberAnswer> answers)
    {
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body, ServeError.Readable))
        {
            json.WriteStartObject();
            json.WriteStartArray("predictions");
            json.WriteStartObject();
            foreach (var answer in answers)
            {
                json.WritePropertyName(answer.Member);
                Write(json, answer.Read());
            }

            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        await ScoresWriter.SendAsync(
            context, ScoresWriter.PredictionsType, body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    private static void Write(Utf8JsonWriter json, GivenMemberAnswer given)
    {
        if (given.Error is { } error)
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("code", error.Code.ToString());
            json.WriteString("message", error.Message);
            json.WriteEndObject();
            json.WriteEndObject();
            return;
        }

        json.WriteStartArray();
        foreach (var scored in given.Top.OrderBy(scored => scored.Index))
        {
            json.WriteNumberValue(scored.Score);
        }

        json.WriteEndArray();
    }
}
