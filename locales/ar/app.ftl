home_title = مرحبًا بكم في هولبرتون
home_header = مرحبًا بالعالم!
logged_in_as = أنت مسجل الدخول باسم { $username }.
not_logged_in = أنت غير مسجل الدخول.
current_time_is = الوقت الحالي هو { $current_time }.

## The page that lets you try locales and time zones

i18n_title = اللغات والمناطق الزمنية
i18n_locale = اللغة
i18n_timezone = المنطقة الزمنية
i18n_user = مسجل الدخول باسم
i18n_nobody = لا أحد
i18n_apply = عرض
language_en = English
language_fr = Français
language_es = Español
language_ar = العربية

## Names, a table in pages

names_title = أسماء المواليد الشائعة
names_year = سنة الميلاد
names_gender = الجنس
names_ethnicity = الأصل العرقي
names_name = الاسم الأول للطفل
names_count = العدد
names_rank = الترتيب
page_of = الصفحة { $page } من { $pages }
page_next = التالي
page_previous = السابق
rows_found =
    { $count ->
        [zero] لا توجد أسماء
        [one] اسم واحد
        [two] اسمان
        [few] { $count } أسماء
        [many] { $count } اسمًا
       *[other] { $count } اسم
    }

## Products and their stock

stock_title = المنتجات
stock_price = { NUMBER($price, style: "currency", currency: "USD", maximumFractionDigits: 0) }
stock_left =
    { $count ->
        [zero] نفدت الكمية
        [one] بقيت قطعة واحدة
        [two] بقيت قطعتان
        [few] بقيت { $count } قطع
        [many] بقيت { $count } قطعة
       *[other] بقيت { $count } قطعة
    }
stock_reserve = احجز
stock_confirmed = تم تأكيد الحجز
stock_not_enough = الكمية المتوفرة غير كافية
stock_not_found = المنتج غير موجود

## Seats

seats_title = المقاعد
seats_available =
    { $count ->
        [zero] لا توجد مقاعد متاحة
        [one] مقعد واحد متاح
        [two] مقعدان متاحان
        [few] { $count } مقاعد متاحة
        [many] { $count } مقعدًا متاحًا
       *[other] { $count } مقعد متاح
    }
seats_reserve = احجز مقعدًا
seats_in_process = الحجز قيد التنفيذ
seats_blocked = الحجوزات موقوفة
seats_failed = فشل الحجز
seats_processing = جارٍ معالجة قائمة الانتظار

## Notifications

notifications_title = الإشعارات
notification_phone = رقم الهاتف
notification_message = الرسالة
notification_send = إرسال
notification_inactive = في الانتظار
notification_delayed = مؤجل
notification_active = قيد الإرسال
notification_complete = تم الإرسال
notification_failed = فشل
notification_progress = اكتمل { NUMBER($progress, style: "percent") }
notifications_created =
    { $count ->
        [zero] لم يُنشأ أي إشعار
        [one] أُنشئ إشعار واحد
        [two] أُنشئ إشعاران
        [few] أُنشئت { $count } إشعارات
        [many] أُنشئ { $count } إشعارًا
       *[other] أُنشئ { $count } إشعار
    }

## Titles of problems (RFC 9457)

problem_bad_request = طلب غير صالح
problem_not_found = غير موجود
problem_method_not_allowed = طريقة غير مسموح بها
problem_conflict = تعارض
problem_too_large = الطلب كبير جدًا
problem_unsupported_media_type = نوع محتوى غير مدعوم
problem_too_many_requests = طلبات كثيرة جدًا
problem_internal = خطأ داخلي
problem_unavailable = الخدمة غير متاحة
problem_bad_parameter = المعامل { $name } غير صالح
