language = العربية

## صفحات الأسماء

names-title = أسماء شائعة
names-total = { $total ->
    [zero] لا أسماء.
    [one] اسم واحد.
    [two] اسمان.
    [few] { NUMBER($total) } أسماء.
    [many] { NUMBER($total) } اسمًا.
   *[other] { NUMBER($total) } اسم.
}
names-page = الصفحة { NUMBER($page) } من { NUMBER($pages) }.
names-index = ابتداءً من الصف { NUMBER($index) }.
names-empty = لا توجد أسماء هنا.
names-generated = بتاريخ { $date }
names-first = الأولى
names-prev = السابقة
names-next = التالية
names-last = الأخيرة
names-all = الكل
names-apply = اعرض
sort-by = الترتيب
sort-file = كما في الملف
sort-count = حسب العدد
sort-name = حسب الاسم

column-year = سنة الميلاد
column-gender = الجنس
column-ethnicity = الأصل العرقي
column-name = الاسم
column-count = العدد
column-rank = الرتبة

gender-female = أنثى
gender-male = ذكر
ethnicity-asian = آسيوي ومن جزر المحيط الهادئ
ethnicity-black = أسود غير لاتيني
ethnicity-hispanic = لاتيني
ethnicity-white = أبيض غير لاتيني

## الصفحة الأولى

home-title = rekue
home-names = الأسماء صفحة بعد صفحة
home-i18n = صفحة تمرين الترجمة
home-jobs = جميع المهام
home-dashboard = لوحة متابعة الخدمة
home-openapi = جميع المسارات موصوفة للبرامج
home-metrics = القياسات

## الأخطاء

problem-invalid-request = الطلب غير صالح
    .detail = لأحد المعاملات على الأقل قيمة غير مسموح بها؛ ويبيّن «errors» أيّها.
reason-whole-number = يجب أن يكون عددًا صحيحًا من { $minimum } إلى { $maximum }
reason-index = لا يوجد صف بهذا الفهرس
reason-cursor = هذا ليس مؤشرًا لهذه القائمة؛ ابدأ بدونه
reason-page = يجب أن يكون رقم صفحة، ابتداءً من 1
problem-invalid-json = تعذّرت قراءة المحتوى
    .detail = محتوى الطلب ليس JSON صالحًا.
problem-malformed-request = تعذّرت قراءة الطلب
    .detail = صيغة الطلب غير سليمة: في عنوانه علامة نسبة مئوية لا معنى لها، أو أن طول محتواه ليس كما أُعلن.
problem-not-found = غير موجود
    .detail = لا يوجد شيء في هذا العنوان.
problem-method-not-allowed = الطريقة غير مسموح بها
    .detail = لا يقبل هذا العنوان تلك الطريقة؛ وتعدّد الترويسة «Allow» ما يقبله.
problem-not-acceptable = غير متاح بهذه الصيغة
    .detail = لا يوجد شيء بصيغة يقبلها الطلب.
problem-cursor-expired = انتهت صلاحية المؤشر
    .detail = تغيّرت البيانات منذ إنشاء المؤشر. ابدأ من الصفحة الأولى.
problem-too-large = الطلب كبير جدًا
    .detail = محتوى الطلب أكبر مما هو مسموح به هنا.
problem-unsupported-media-type = نوع محتوى غير معروف
    .detail = يجب أن يكون المحتوى JSON بترميز UTF-8 ومن النوع application/json.
problem-rate-limited = طلبات كثيرة جدًا
    .detail = أرسل عنوانك طلبات أكثر من المسموح به. أعد المحاولة بعد المهلة المذكورة في «Retry-After».
problem-client-closed = انقطع الطلب
    .detail = لم يصل محتوى الطلب كاملًا.
problem-unauthorized = يرجى تسجيل الدخول
    .detail = يطلب هذا العنوان كلمة مرور الخدمة.
problem-forbidden = غير مسموح
    .detail = هذا العنوان مغلق لأن الخدمة بلا كلمة مرور. عيّن ADMIN_PASSWORD لفتحه.
problem-forbidden-proxied = غير مسموح عبر وكيل
    .detail = هذا العنوان مخصص لهذا الجهاز وحده، وقد مر الطلب عبر وكيل قد يكون خلفه أي شخص. عيّن ADMIN_PASSWORD لفتحه.
problem-forbidden-host = غير مسموح بهذا الاسم
    .detail = من دون كلمة مرور لا يجيب هذا العنوان إلا على أسماء هذا الجهاز، مثل localhost أو 127.0.0.1. عيّن ADMIN_PASSWORD للوصول إليه باسم آخر.
problem-internal = حدث خطأ ما
    .detail = الخطأ من جانبنا وقد سُجّل. يرجى ذكر المعرّف عند الإبلاغ عنه.
problem-unavailable = غير متاح مؤقتًا
    .detail = جزء من الخدمة لازم هنا لا يستجيب. أعد المحاولة قريبًا.
